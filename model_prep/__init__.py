"""Model preparation, apart from Beam: base model, extended tokenizer, LoRA."""
