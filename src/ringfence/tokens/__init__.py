"""Claude Code's transcripts, read into the ledger of tokens: exactly once, incrementally, in bounded memory."""
