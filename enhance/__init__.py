"""Reasoning and explanations written by a language model, each of them checked before it is believed. No Beam."""
