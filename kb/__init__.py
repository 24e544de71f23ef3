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
    from kb.frames import to_frame
    from kb.knowledge_base import KnowledgeBase
    from kb.knowledge_base import open_ as open
    from kb.records import Answer, Claim, Evidence, Hit, Passage, Source, Stance

__all__ = [
    "Answer",
    "Claim",
    "Evidence",
    "Hit",
    "KbError",
    "KnowledgeBase",
    "Passage",
    "Source",
    "Stance",
    "__version__",
    "open",
    "to_frame",
]

_HOMES = {
    "KbError": "kb.errors",
    "KnowledgeBase": "kb.knowledge_base",
    "open": "kb.knowledge_base",
    "to_frame": "kb.frames",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'kb' has no attribute '{name}'")
    module = importlib.import_module(_HOMES.get(name, "kb.records"))
    return getattr(module, "open_" if name == "open" else name)
