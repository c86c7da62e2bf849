#!/usr/bin/env python3
"""Sends through Apprise (Debian package "apprise"): over a hundred services, each named by a URL.

The URL is a secret, because it holds the account's password or token:

    [provider.config]
    command = ["/usr/bin/python3", "/usr/share/doc/messo/exec-examples/send_with_apprise.py"]
    secrets = { url = "file:/etc/messo/secrets/apprise-url" }
"""

import logging

import apprise
from messo_channel import Channel, Refused, sent, unknown


class SendWithApprise(Channel):
    name = "apprise"
    channels = ["webhook", "push"]
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["url"],
        "properties": {"url": {"type": "string", "minLength": 1, "description": "Where to, as `apprise --help` explains it."}},
    }

    def configure(self, settings):
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would print URLs
        self.target = apprise.Apprise()
        if not self.target.add(settings["url"]):
            raise Refused("settings.url: is none that Apprise knows; try it with `apprise -b test URL`")

    def send(self, message):
        title = self.part(message, "title") or self.part(message, "subject")
        body = self.part(message, "body") or self.part(message, "text")
        # Apprise says only yes or no: a no may be an answer that was lost on its way back.
        if self.target.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            return sent("apprise.sent")
        return unknown("apprise.failed", "The service did not confirm the message; it may have arrived.")

    def health(self):
        return True, "The URL is one that Apprise knows; whether the account works shows with the first message."


SendWithApprise().run()
