"""python -m radln does what the radln command does."""

from radln.cli import main

main()
