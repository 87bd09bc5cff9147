"""Where SQL on FHIR reads FHIRPath in its own way: a tree in, the tree of what is meant out.

join() of nothing is "" in a view (its tests are the authority), while FHIRPath has nothing.
"""

from dataclasses import replace

from gateway.fhir.path.nodes import Binary, FunctionCall, Indexer, Literal, Member, Tree, TypeTest, Unary


def meant(tree: Tree) -> Tree:
    match tree:
        case FunctionCall(source=source, arguments=arguments):
            call = replace(tree, source=source and meant(source), arguments=tuple(map(meant, arguments)))
            return _joined(call) if call.name == "join" else call
        case Member(source=source):
            return replace(tree, source=source and meant(source))
        case Indexer(source=source, index=index):
            return replace(tree, source=meant(source), index=meant(index))
        case Unary(operand=operand) | TypeTest(operand=operand):
            return replace(tree, operand=meant(operand))
        case Binary(left=left, right=right):
            return replace(tree, left=meant(left), right=meant(right))
        case _:
            return tree


def _joined(call: FunctionCall) -> Tree:
    return FunctionCall(None, "coalesce", (call, Literal("System.String", "", call.at)), call.at)
