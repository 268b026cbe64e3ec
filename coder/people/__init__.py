"""Who can be asked, what they are asked, and how they answer; may import library and memory."""
