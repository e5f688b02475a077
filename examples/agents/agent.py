"""Answer with a language model, traced by autologging and by hand; the file that log_agent.py logs as a model.

Guide: trace agents deployed on Databricks.
Repaired: nothing; the guide tells this step in words and shows the code in a notebook that is not part of it.
Needs `mlflow` and `openai`; OPENAI_API_KEY, and OPENAI_BASE_URL for any other provider of this protocol.
"""

import os
from uuid import uuid4

import mlflow
from mlflow.entities import SpanType
from mlflow.models import set_model
from mlflow.pyfunc import ResponsesAgent
from mlflow.types.responses import ResponsesAgentRequest, ResponsesAgentResponse, to_chat_completions_input
from openai import OpenAI

mlflow.openai.autolog()  # traces each call of the model

SYSTEM = "You are the support agent of a bookshop. Answer in one sentence."


@mlflow.trace(span_type=SpanType.RETRIEVER)
def find_policy(question: str) -> str:
    return "Orders are delivered within three days." if "order" in question.lower() else "Ask us anything."


class SupportAgent(ResponsesAgent):
    def predict(self, request: ResponsesAgentRequest) -> ResponsesAgentResponse:
        messages = to_chat_completions_input([item.model_dump() for item in request.input])
        policy = find_policy(str(messages[-1]["content"]))
        completion = OpenAI().chat.completions.create(
            model=os.getenv("AGENT_MODEL", "gpt-4o-mini"),
            messages=[{"role": "system", "content": f"{SYSTEM} {policy}"}, *messages],
        )
        text = completion.choices[0].message.content or ""
        return ResponsesAgentResponse(output=[self.create_text_output_item(text, f"msg-{uuid4().hex}")])


set_model(SupportAgent())
