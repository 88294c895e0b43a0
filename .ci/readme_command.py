"""Print the n-th command block (```sh) of the README: what CI runs is what a newcomer reads."""

import re
import sys
from pathlib import Path

blocks = re.findall(r"^```sh\n(.*?)^```", Path("README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
print(blocks[int(sys.argv[1]) - 1])
