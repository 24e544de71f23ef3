"""What people say of passages: their word written down, asked for, carried about and compared.

    saying      a person's word → a line of annotations.jsonl, with what a model said at the time
    queueing    a knowledge base and a person → what is worth a label of theirs, best first
    reviewing   one after the other, with undo and skip
    exchanging  labels → rows of a sheet (sheets: CSV and XLSX)
    taking_in   rows that people filled in → new lines
    comparing   how far people, and people and models, agree, and where they do not
    measuring   the models against people's word
    auditing    who said what when of a passage or a source

Each works on an open KnowledgeBase. Lines are only ever added.
"""
