"""Run the cells of a notebook in a kernel, and tell what is shown below each."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import json
import os

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from report import write_report

notebook = new_notebook(cells=[new_code_cell(source) for source in json.loads(os.environ["CELLS"])])
NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
write_report({"cells": [cell.outputs for cell in notebook.cells]})
