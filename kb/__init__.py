"""`kb`: what evidence supports, and what challenges, this circumstance?

    import kb
    answer = kb.open("path/to/knowledge-base").ask("what evidence supports scale limits?")
    kb.to_frame(answer)

The names below are the public ones. They load on first use, so that the command line starts fast.
"""

import importlib
from typing import TYPE_CHECKING, Any

from kb.version import __version__

if TYPE_CHECKING:
    from kb.errors import KbError
    from kb.exporting.maps import write as write_map
    from kb.frames import to_frame
    from kb.knowledge_base import KnowledgeBase
    from kb.knowledge_base import open_ as open
    from kb.maps import EvidenceMap
    from kb.records import Answer, Claim, Evidence, Hit, Passage, Source, Stance

__all__ = [
    "Answer",
    "Claim",
    "Evidence",
    "EvidenceMap",
    "Hit",
    "KbError",
    "KnowledgeBase",
    "Passage",
    "Source",
    "Stance",
    "__version__",
    "open",
    "to_frame",
    "write_map",
]

_HOMES = {
    "EvidenceMap": "kb.maps",
    "KbError": "kb.errors",
    "KnowledgeBase": "kb.knowledge_base",
    "open": "kb.knowledge_base",
    "to_frame": "kb.frames",
    "write_map": "kb.exporting.maps",
}
_NAMED_OTHERWISE = {"open": "open_", "write_map": "write"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'kb' has no attribute '{name}'")
    module = importlib.import_module(_HOMES.get(name, "kb.records"))
    return getattr(module, _NAMED_OTHERWISE.get(name, name))
