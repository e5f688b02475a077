"""An agent that answers with the question, to be logged as a model from this file."""
# pyright: basic, reportMissingImports=false

import mlflow
from mlflow.pyfunc import ResponsesAgent
from mlflow.types.responses import ResponsesAgentRequest, ResponsesAgentResponse


class Echoing(ResponsesAgent):
    def predict(self, request: ResponsesAgentRequest) -> ResponsesAgentResponse:
        question = request.input[-1].content
        return ResponsesAgentResponse(output=[self.create_text_output_item(text=f"heard: {question}", id="m1")])


mlflow.models.set_model(Echoing())
