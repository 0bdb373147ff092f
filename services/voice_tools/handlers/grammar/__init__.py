"""A small grammar of German and English days and times, to check a model by the caller's own words.

Words → plain text (``numbers``) → clocks are taken out (``clock``) → days are taken out (``days``, ``dates``)
→ what is unwanted is set apart (``negation``) → limits (``bounds``) or a wish (``combining``) → ``meaning``.
"""

from services.voice_tools.handlers.grammar.calendar import coming_day, written_date
from services.voice_tools.handlers.grammar.clock import SPANS, Clock, Clocks
from services.voice_tools.handlers.grammar.days import weekday_index
from services.voice_tools.handlers.grammar.meaning import Meant, meaning

__all__ = ["SPANS", "Clock", "Clocks", "Meant", "coming_day", "meaning", "weekday_index", "written_date"]
