#!/bin/sh
# Prints the newest Python of python3.13, 3.12, 3.11 that really runs here: a version manager's shim may exist and not run.
for version in 3.13 3.12 3.11; do
  for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/$version.*/bin/python$version; do
    "$candidate" -c 'import sys, venv; print(sys.executable)' 2>/dev/null && exit
  done
done
python3 -c 'import sys, venv; assert (3, 11) <= sys.version_info < (3, 14); print(sys.executable)' 2>/dev/null && exit
echo "Maildesk needs Python 3.11, 3.12 or 3.13, with its venv module. None was found: install one (on Debian: apt install python3 python3-venv)." >&2
exit 1
