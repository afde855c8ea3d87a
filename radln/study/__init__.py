"""The only orchestrator: settings in, results out."""
