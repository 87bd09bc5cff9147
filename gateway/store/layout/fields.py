"""Name the fields of stored documents.

MongoDB stores the name of each field in each document, so names of fields that every resource and every change has are
one letter long. Their documents are described in gateway.store.layout.schema.
"""

TYPE = "t"
"""The resource type. In links and imports: of our resource."""
ID = "i"
"""The logical id. In links and imports: of our resource."""
VERSION = "v"
"""The version, counting from 1. In links: our version that agreed with the remote resource last."""
UPDATED = "u"
"""When the version was written: `meta.lastUpdated`."""
DELETED = "x"
"""Whether the version is a deletion."""
BODY = "b"
"""The FHIR JSON of the version, as it is served; absent in a deletion."""
ORIGIN = "o"
"""Who wrote the version: api, internal, partner:<id> or risk:<model>."""
MAPPED_TO = "m"
"""The collections that hold an internal document of the resource; absent if there are none."""

ACTION = "a"
"""In the feed: create, update or delete."""
BY_PUT = "p"
"""In the feed: true for a create by PUT, under an id that the client chose; else absent."""

REMOTE_TYPE = "rt"
"""In links: the type of the partner's resource."""
REMOTE_ID = "ri"
"""In links: the id of the partner's resource."""
REMOTE_VERSION = "rv"
"""In links: the version of the partner's resource that agreed last; "" if unknown."""

TOKENS = "k"
"""The index tokens of a resource; see gateway.search.indexing.index, which names all fields of the search index."""
COMPOSITES = "c"
"""The entries of composite search parameters; absent if there are none."""
CONTAINED = "n"
"""The index fields of contained resources; absent if there are none."""
TEXT_WORDS = "w"
"""In the text index: the words of a resource."""
