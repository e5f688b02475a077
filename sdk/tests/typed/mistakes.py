"""Mistakes that type checkers tell, each in a line that says so. It is checked, and never run."""

import trilha
import trilha as mlflow
from right import Agent, either, named, plain, route_inside, route_outside, stream, tokens, waiting
from trilha.client import MlflowClient


async def calls(agent: Agent) -> None:
    plain(1)  # wrong
    plain("a", time=2)  # wrong
    named(name="a")  # wrong
    await waiting(["a"])  # wrong
    for token in tokens(b"a"):  # wrong
        print(token + 1)  # wrong
    async for _ in stream():  # wrong
        pass
    either(b"a")  # wrong
    agent.answer()  # wrong
    await agent.answer_later(1)  # wrong
    Agent.made()  # wrong
    Agent.made_otherwise(1)  # wrong
    Agent.count("a", "b")  # wrong
    agent.count_otherwise(1)  # wrong
    route_inside(query="a")  # wrong
    (await route_outside("a")).append("b")  # wrong
    length: int = plain("a")  # wrong
    print(length)


def offers() -> None:
    trilha.trace(3)  # wrong
    trilha.trace(plain, nam="x")  # wrong
    trilha.trace(span_typ="TOOL")(plain)  # wrong
    trilha.trase(plain)  # wrong
    with trilha.start_span(nam="x") as span:  # wrong
        span.set_input({})  # wrong
    trilha.search_traces(max_results="5")  # wrong
    trilha.search_traces(filter_str="a")  # wrong
    MlflowClient().create_experiment(1)  # wrong
    trilha.search_traces(return_type="list").empty()  # wrong
    MlflowClient().get_trace(3)  # wrong
    mlflow.pyfunc.load_model("models:/agent")  # wrong
    mlflow.entities.Sources()  # wrong
    mlflow.tracing.mask()  # wrong
    mlflow.openai.autologg()  # wrong
