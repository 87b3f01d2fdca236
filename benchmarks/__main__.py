"""Every benchmark in turn: `make bench`."""

from benchmarks import calls, cpu, imports, memory, parse


def main() -> None:
    parse.main()
    calls.main()
    imports.main()
    memory.main()
    cpu.main(1000)


if __name__ == "__main__":
    main()
