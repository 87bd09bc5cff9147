"""ViewDefinitions, which hold expressions of their author."""

from benchmarks.event_loop.inputs import Case, column, each, names, run_view, small, stored_observations, view

CASES: tuple[Case, ...] = (
    Case(
        "view, 3 forEach of 40 names, 200 patients",
        lambda: run_view(view(*[each("name", (f"c{n}", "family")) for n in range(3)]), *[names(40)] * 200),
    ),
    Case(
        "view, descendants of descendants",
        lambda: run_view(
            view(column("a", "descendants().select(%resource.descendants()).count()")), *[names(2_000)] * 20
        ),
    ),
    Case(
        "view, 100 columns of 60,000 names",
        lambda: run_view(
            view({"forEach": "name", "column": [{"name": f"c{n}", "path": "given.join(',')"} for n in range(100)]}),
            names(60_000),
        ),
    ),
    Case(
        "view, distinct of 60,000 names", lambda: run_view(view(column("a", "name.distinct().count()")), names(60_000))
    ),
    Case(
        "view, sorted 60,000 names",
        lambda: run_view(view(column("a", "name.sort(family).first().family")), names(60_000)),
    ),
    Case(
        "view, union of 60,000 names",
        lambda: run_view(view(column("a", "(name | name.tail() | name.skip(2)).count()")), names(60_000)),
    ),
    Case(
        "view, names ~ names",
        lambda: run_view(view(column("a", "name ~ name.tail().combine(name.first())")), names(60_000)),
    ),
    Case(
        "view, names in names",
        lambda: run_view(view(column("a", "name.where($this in %resource.name).count()")), names(20_000)),
    ),
    Case(
        "view, text of a million doubled",
        lambda: run_view(
            view(
                column(
                    "a",
                    "('a' + 'b').replaceMatches('(a|b)', '$1$1$1$1$1$1$1$1$1$1')"
                    + ".replaceMatches('(a|b)', '$1$1$1$1$1$1$1$1$1$1')" * 6
                    + ".length()",
                )
            ),
            names(1),
        ),
    ),
    Case(
        "view, backtracking pattern",
        lambda: run_view(
            view(column("a", "name.family.select(matches('(F|FF|F0*|0*)+$x')).count()")),
            {**names(1), "name": [{"family": "F0" * 2_000}] * 200},
        ),
    ),
    Case(
        "view, aggregate into a text",
        lambda: run_view(view(column("a", "name.aggregate($total & $this.family, '').length()")), names(60_000)),
    ),
    Case(
        "view, powers",
        lambda: run_view(
            view(column("a", "name.select((9.99999999999999999).power(0.5 + $index)).count()")), names(60_000)
        ),
    ),
    Case(
        "view, Parquet of 60,000 names",
        lambda: run_view(view(each("name", ("a", "family"), ("b", "given.first()"))), names(60_000), format_="parquet"),
    ),
    Case(
        "view, CSV of 60,000 names",
        lambda: run_view(view(each("name", ("a", "family"), ("b", "given.first()"))), names(60_000), format_="csv"),
    ),
    Case(
        "view of what is stored, 2,000 of 8 kB",
        lambda: run_view(view(column("a", "note.text.length()"), resource="Observation")),
        stored_observations,
    ),
    Case(
        "view, 5,000 columns",
        lambda: run_view(
            view(
                {"column": [{"name": f"c{n}", "path": f"name.where(family = 'x{n}').exists()"} for n in range(5_000)]}
            ),
            small(),
        ),
    ),
    Case("view, a path of 4 MB", lambda: run_view(view(column("a", "(" + "1+" * 2_000_000 + "1)")), small())),
)
