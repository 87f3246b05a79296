"""One line per log record, without bodies or personal data, and with line ends escaped (ASVS 16.4.1)."""

import logging
from datetime import UTC, datetime


class LineFormatter(logging.Formatter):
    """`time level logger message`; an attacker's CR LF in a logged value cannot begin a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{at} {record.levelname} {record.name} {text}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line
