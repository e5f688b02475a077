"""The REST protocol of MLflow 3, as its clients speak it."""
