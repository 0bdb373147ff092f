"""``python -m services.ops_console.cli``: the same as ``askpro``."""

from services.ops_console.cli import main

if __name__ == "__main__":
    main()
