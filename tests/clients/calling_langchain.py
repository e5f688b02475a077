"""LangChain and LangGraph: a chain, and an agent with a tool and a retriever."""
# pyright: basic, reportMissingImports=false

import json

from conversation import MODEL, QUESTION, SESSION, SYSTEM, USER
from conversation import find_order as order
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph

TOLD = {"metadata": {"session_id": SESSION, "user_id": USER}, "configurable": {"thread_id": SESSION}}


class Policies(BaseRetriever):
    """Finds the shop's rules."""

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(id="policy-1", page_content="Orders arrive in two days.", metadata={"source": "policies.md"})]


@tool
def find_order(number: int) -> str:
    """Look up the state of an order."""
    return json.dumps(order(number))


def chain():
    """Ask through a prompt, a model and a parser: no tools."""
    prompt = ChatPromptTemplate.from_messages([("system", SYSTEM), ("user", "{question}")])
    asking = prompt | ChatOpenAI(model=MODEL) | StrOutputParser()
    return asking.invoke({"question": QUESTION}, TOLD)


def graph():
    """Let a graph look rules up and an agent find the order."""
    agent = create_agent(ChatOpenAI(model=MODEL), [find_order], system_prompt=SYSTEM, name="shop_agent")

    def look_up(state):
        Policies().invoke(state["messages"][-1].content)
        return {}

    made = StateGraph(MessagesState)
    made.add_node("look_up", look_up)
    made.add_node("agent", agent)
    made.add_edge(START, "look_up")
    made.add_edge("look_up", "agent")
    return made.compile().invoke({"messages": [HumanMessage(QUESTION)]}, TOLD)


def stream():
    """Ask in a stream."""
    asked = [SystemMessage(SYSTEM), HumanMessage(QUESTION)]
    return list(ChatOpenAI(model=MODEL, stream_usage=True).bind_tools([find_order]).stream(asked, TOLD))
