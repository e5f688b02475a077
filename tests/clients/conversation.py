"""The conversation that every library holds: a question, a call of a tool, its result, an answer."""
# pyright: basic, reportMissingImports=false

import json

SYSTEM = "You help the customers of a shop."
QUESTION = "Where is my order 17?"
ANSWER = "It arrives tomorrow."
TOOL = "find_order"
TOOL_TEXT = "Look up the state of an order."
PARAMETERS = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
SESSION, USER = "session-17", "ana"
MODEL = "gpt-4o-mini"
CLAUDE = "claude-sonnet-4-5"
BROKEN_MODEL, BUSY_MODEL = "a-broken-model", "a-busy-model"


def find_order(number):
    """Look up the state of an order."""
    return {"number": number, "arrives": "tomorrow"}


def found(arguments):
    """Answer the model's call of the tool, in JSON."""
    return json.dumps(find_order(**json.loads(arguments)))
