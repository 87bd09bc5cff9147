"""Adjust a FHIRPath tree where SQL on FHIR differs from FHIRPath.

There is one difference: join() of an empty collection is "" in a view, as its tests say, and empty in FHIRPath.
"""

from dataclasses import replace

from gateway.fhir.path.nodes import Binary, FunctionCall, Indexer, Literal, Member, Tree, TypeTest, Unary


def adjusted(tree: Tree) -> Tree:
    """Return the tree with `coalesce(….join(), '')` instead of each `….join()`."""
    match tree:
        case FunctionCall(source=source, arguments=arguments):
            call = replace(tree, source=source and adjusted(source), arguments=tuple(map(adjusted, arguments)))
            return _joined(call) if call.name == "join" else call
        case Member(source=source):
            return replace(tree, source=source and adjusted(source))
        case Indexer(source=source, index=index):
            return replace(tree, source=adjusted(source), index=adjusted(index))
        case Unary(operand=operand) | TypeTest(operand=operand):
            return replace(tree, operand=adjusted(operand))
        case Binary(left=left, right=right):
            return replace(tree, left=adjusted(left), right=adjusted(right))
        case _:
            return tree


def _joined(call: FunctionCall) -> Tree:
    return FunctionCall(None, "coalesce", (call, Literal("System.String", "", call.at)), call.at)
