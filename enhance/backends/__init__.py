"""Programs that run a model, each a module with ``load(choice)``; none is imported before it is asked for."""
