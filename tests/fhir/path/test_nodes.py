from gateway.fhir.path.nodes import Binary, FunctionCall, Indexer, Literal, Member, TypeTest, Unary, children, depth

NAME = Member(None, "name", 0)
ONE = Literal("System.Integer", 1, 5)


def test_children_are_the_direct_parts_in_the_order_of_the_text() -> None:
    assert children(NAME) == ()
    assert children(Member(NAME, "given", 5)) == (NAME,)
    assert children(FunctionCall(NAME, "skip", (ONE,), 5)) == (NAME, ONE)
    assert children(FunctionCall(None, "today", (), 0)) == ()
    assert children(Indexer(NAME, ONE, 4)) == (NAME, ONE)
    assert children(Binary("=", NAME, ONE, 4)) == (NAME, ONE)
    assert children(Unary("-", ONE, 0)) == children(TypeTest("is", ONE, "Integer", 0)) == (ONE,)


def test_the_depth_is_that_of_the_longest_branch() -> None:
    assert depth(ONE) == 1
    assert depth(Binary("=", Member(NAME, "given", 5), ONE, 4)) == 3


def test_the_depth_of_a_deep_tree_needs_no_deep_stack() -> None:
    tree: Member = NAME
    for _ in range(5_000):
        tree = Member(tree, "a", 0)
    assert depth(tree) == 5_001
