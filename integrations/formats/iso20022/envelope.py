"""Documents of ISO 20022, alone or inside a business envelope of any kind."""

from typing_extensions import override

from integrations.formats.iso20022.messages import message_of, model_of
from integrations.formats.xml_text.model import AnyState, Element, Entry, Mode, Model, State
from integrations.formats.xml_text.names import Names, parted

_MAX_MODELS = 4


class DocumentState(AnyState):
    """Any element, until a Document of ISO 20022: that one is read by its message's schema.

    found: the documents met so far, by the parser's name; None for those without a schema.
    """

    def __init__(self, names: Names, default: str, found: dict[str, Element | None]) -> None:
        super().__init__(names, default, lambda _: Mode.LOOSE)
        self.found = found

    @override
    def beside(self, default: str) -> AnyState:
        return DocumentState(self.names, default, self.found)

    @override
    def __missing__(self, name: str) -> Entry:
        namespace, local = parted(name)
        if local == "Document":
            element = self._document(name, namespace)
            if element is not None:
                self[name] = self, element
                return self, element
        return super().__missing__(name)

    def _document(self, name: str, namespace: str) -> Element | None:
        if name not in self.found and len(self.found) < _MAX_MODELS:
            model = model_of(namespace)
            entry = model.root[name] if model else None
            # The element says its namespace in the record: so the way back knows the message.
            made = Element("Document", name, entry[1].type, Mode.LOOSE, xmlns=namespace) if entry else None
            self.found[name] = made
        return self.found.get(name)


class _Root(State):
    """The outermost element: of ISO 20022, or an envelope of any namespace."""

    def __init__(self, inside: DocumentState, only: str) -> None:
        super().__init__()
        self.inside, self.only = inside, only

    @override
    def __missing__(self, name: str) -> Entry | None:
        namespace, local = parted(name)
        message = message_of(namespace)
        if local == "Document" and (message is None or self.only not in {"", message.id}):
            return None
        return self.inside[name]

    @override
    def expected(self) -> list[str]:
        return [f"Document of {self.only}" if self.only else "Document in a namespace of ISO 20022"]


def reading_model(only: str = "") -> Model:
    """Give the model of one document to be read: made anew for each, because documents load schemas.

    only: the id of the message that it must be.
    """
    names = Names({})
    inside = DocumentState(names, "", {})
    return Model(names, _Root(inside, only), inside)
