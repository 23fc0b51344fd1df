"""How often the poller runs, as seconds and as the schedule of its timer."""

_MINUTE = 60
_HOUR = 3600


def schedule(seconds: int) -> str:
    """The NCRONTAB expression. Raises ValueError where no expression says so: cron starts anew each minute and hour."""
    minutes, rest = divmod(seconds, _MINUTE)
    if 0 < seconds < _MINUTE and _MINUTE % seconds == 0:
        return f"*/{seconds} * * * * *"
    if rest == 0 and 0 < minutes < _MINUTE and _MINUTE % minutes == 0:
        return f"0 */{minutes} * * * *"
    if seconds == _HOUR:
        return "0 0 * * * *"
    raise ValueError(
        f"{seconds} seconds cannot be a schedule: the number must divide 60, or be whole minutes that divide 60"
    )
