"""The demo: a simulated account, what Claude Code would write for it, and their two-minute story.

Everything above the socket and the transcripts is the ordinary program: its source, transport, scanner, gate file and
notifications.
"""

from ringfence.demo.account import STORY_S, TOKEN, DemoAccount, Scene, body_of, furnish, scene_at

__all__ = ["STORY_S", "TOKEN", "DemoAccount", "Scene", "body_of", "furnish", "scene_at"]
