"""Words that programmers use for one another, a group a line; a word may stand in several groups. Data only."""

ALIKE = """
remove delete drop strip discard erase eliminate exclude rm del unlink clear purge prune omit
clear reset empty flush clean
length len size count number total amount cardinality
string str text unicode basestring
word token term
list array sequence vector elements items seq iterable collection tuple
array ndarray numpy np vector matrix
dict dictionary map mapping hash lookup
object instance obj
dataframe df pandas table frame
integer int number digit long numeric
float decimal real number double numeric
boolean bool true false flag
parse read decode load deserialize interpret extract
convert to transform translate cast change turn coerce as into
write save store dump serialize output export persist
check is has test verify validate whether determine detect assert ensure
ensure make sure exist create
find search locate lookup get detect
get retrieve fetch obtain return access grab extract take
set assign update put change modify
maximum max largest biggest greatest highest top
minimum min smallest least lowest bottom
sum add total plus accumulate aggregate
average mean avg
standard deviation std stddev stdev variance var
multiply product times mul prod dot
divide quotient division ratio
subtract minus difference diff
join concatenate concat merge combine append glue union
append add insert push extend
split separate tokenize break partition chunk divide slice
chunk batch group block n
sort order sorted rank arrange ascending descending
reverse reversed backwards invert inverse flip swap
unique distinct duplicate dedupe dedup uniq set
create make build generate new construct init initialize
print show display output log echo write
copy clone duplicate deepcopy
open read file load
directory folder dir path mkdir
path filename file basename directory
file filename fname filepath
rename move mv
exists exist present available
random rand shuffle choice sample
date time datetime timestamp day
timestamp epoch unix time
month year day week calendar
upper uppercase capital capitalize
lower lowercase
case camel snake
first begin start head leading front initial
last end tail trailing final
prime primes factor
even odd parity
equal same match identical equals eq compare
different difference diff unequal differ
compare comparison cmp equal match
empty blank none null nil falsy
repeat times duplicate
replace substitute swap exchange sub
filter select keep pick where
vowel consonant letter character char
character char letter symbol
bracket parenthesis parentheses paren brackets
matrix grid 2d rows
row line record
column col field
line row newline
newline linebreak eol line
space whitespace blank
binary bin bit bits
hexadecimal hex
bytes byte binary bytearray buffer
round ceil floor nearest truncate
closest nearest near
power exponent pow square cube
root sqrt
logarithm log ln
intersection common shared both overlap
prefix start startswith
suffix end endswith extension ext
extension ext suffix
image picture img photo pil
resize scale thumbnail
crop trim cut
rotate rotation angle turn
plot draw chart graph figure matplotlib plt ax
axis axes ax
color colour rgb hex
graph network node edge
node vertex leaf
tree node branch
url link uri http web
webpage html page site
html xml tag markup
connect connection socket conn
database db sql mysql sqlite postgres
query sql select cursor execute
session connection
run execute call exec launch invoke start
process subprocess pid
command cmd shell subprocess popen
terminal console screen stdout tty
kill terminate stop quit exit
stop halt end cancel
wait sleep delay pause
thread threading concurrent parallel
request download get http fetch
encrypt encode cipher
decrypt decode decipher
hash md5 sha digest checksum
median middle
palindrome reverse
nested deep depth recursive
recursive recursively recurse walk
flatten flat nested
iterate loop iter generator each iterator traverse
yield generator iterator
function func callable method fn
argument args arg parameter param kwargs
arguments argparse parser optparse cli options
option setting config configuration
config configuration settings ini conf
default fallback
environment env variable
variable var name
class type cls
type instance isinstance kind dtype
attribute attr property field getattr
key keys
value values val
pair tuple couple
index position idx indices offset
substring contains within in
contain include has in
regex regexp pattern match re
json dumps loads
csv comma delimited
yaml yml
pickle serialize
zip compress gzip archive
unzip decompress extract
user person account
password pass secret
email mail smtp
message msg text
error exception raise
warning warn
log logger logging
test unittest
version release
module package import
install setup
window gui widget
button click
mouse cursor
cursor position
keyboard key input
input prompt raw ask
width height size
distance dist euclidean
coordinate coordinates point xy position
point coordinate
line segment
area surface
angle degree radian
degree radian deg rad
normalize norm scale standardize
normalized norm unit
limit bound clip clamp range
range interval between
histogram bin hist
interpolate interpolation linear
gradient derivative
probability prob distribution
gaussian normal
frequency count occurrences freq
occurrence count frequency
common frequent mode
combination combinations permutations product
subset sublist slice
slice range part
remaining rest left
increment increase add
decrease decrement reduce
equal equality eq
timeout wait
current now present today
today now current
previous prev before last
next following after
parent ancestor
child children descendant
memory ram usage
cpu core processor
host hostname ip address
ip address host
port socket
server host
cache memoize
lock mutex
permission chmod mode access
readable executable writable permission
executable binary exe
size bytes
stream io buffer
align pad fill justify
pad padding zero fill
trim strip
indent indentation
wrap wrapper decorator
decorate decorator wrapper
multiple several many
all every each
any some
unpack explode expand
sparse dense
tensor tf tensorflow
s3 bucket boto aws
pop remove delete element
sanitize clean escape strip normalize
statistics mean median variance std average
inverse inverted swapped swap
curly braces brackets
edited modified changed changes mtime
elements items values entries members element
str string text char characters
stem basename splitext
bytes bytearray b
cast convert coerce
dtype type datatype
grab get take fetch
last latest newest recent final
oldest earliest first
extra additional more
white whitespace space blank
number num count n
shape size dimension dimensions dim ndim
zeros zero empty ones
mask boolean bool
enumerate index iterate
lambda function callable
dictionary kwargs dict
nonetype none null
typecheck isinstance type
tab indent indentation
folder dir directory path
similar similarity alike resemblance
frequent frequency common
"""
