"""From records to what other programs read. An exporter is one function from records to text."""
