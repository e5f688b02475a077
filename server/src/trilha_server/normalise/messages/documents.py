"""Retrieved documents, in the shapes of those who retrieve and record them."""

from trilha_server.domain.message import Document
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import parsed
from trilha_server.normalise.messages.parts import JsonObject, first_of
from trilha_server.normalise.values import json_text

MAX_DOCUMENTS = 10_000
"""A search gives fewer; what comes after is left out."""

_CONTENT_KEYS = ("page_content", "pageContent", "content", "text", "document", "chunk", "body", "value")
_ID_KEYS = ("id", "document_id", "documentId", "doc_id", "doc_uri", "id_", "node_id", "chunk_id", "uri", "url")
_LIST_KEYS = ("documents", "docs", "results", "matches", "nodes", "source_documents", "chunks")
_SCORE_KEYS = ("score", "relevance_score", "similarity", "relevance")


def documents_of(value: AttributeValue) -> tuple[Document, ...]:
    """Read documents: a list of them or of texts, or an answer that holds such a list."""
    value = parsed(value)
    if isinstance(value, dict):
        value = first_of(value, *_LIST_KEYS)
    if not isinstance(value, list):
        return ()
    found = [_document(item) for item in value[:MAX_DOCUMENTS]]
    return tuple(document for document in found if document is not None)


def _document(value: AttributeValue) -> Document | None:
    item = parsed(value)
    if isinstance(item, str):
        return Document(item) if item else None
    if isinstance(item, list) and len(item) == 2 and isinstance(item[0], dict):  # a document and its score
        document = _document(item[0])
        score = _number(item[1])
        return document if document is None or score is None else _read(item[0], score)
    return _read(item, None) if isinstance(item, dict) else None


def _read(item: JsonObject, score: float | None) -> Document | None:
    owner = item
    for key in ("kwargs", "node", "document"):  # LangChain's serialised form, LlamaIndex, Cohere
        inner = owner.get(key)
        if isinstance(inner, dict):
            owner = inner
    content = first_of(owner, *_CONTENT_KEYS)
    metadata = parsed(first_of(owner, "metadata", "payload"))
    if content is None and isinstance(metadata, dict):  # vector databases
        content = first_of(metadata, *_CONTENT_KEYS)
    if content is None:
        return None
    told_score = next((number for key in _SCORE_KEYS if (number := _number(item.get(key))) is not None), score)
    document_id = first_of(owner, *_ID_KEYS)
    return Document(
        content if isinstance(content, str) else json_text(content),
        None if document_id is None or isinstance(document_id, list | dict) else str(document_id),
        told_score,
        metadata if isinstance(metadata, dict) else {},
    )


def _number(value: AttributeValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
