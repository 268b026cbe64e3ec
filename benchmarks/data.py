"""Where the public data of the benchmarks lies."""

import os
import sys
from pathlib import Path


def data_folder() -> Path:
    """The folder with the data files: CODER_DATA, else ../shared/data beside the repository. Without one, we end."""
    folder = Path(os.environ.get("CODER_DATA") or Path(__file__).parent.parent.parent / "shared" / "data").resolve()
    if not folder.is_dir():
        sys.exit(
            f"There is no data in {folder}. Set CODER_DATA to the folder that holds HumanEval.jsonl.gz, "
            "HumanEvalPlus-Mini.jsonl.gz, humaneval_pro.json and the rest."
        )
    return folder
