#!/usr/bin/env python3
"""cmake/check_includes.py finds each kind of wrong include, and lets the right ones be."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "cmake/check_includes.py"

TREE = {
    "core/CMakeLists.txt": "messo_library(base DEPENDS x)\nmesso_library(store DEPENDS messo_base)\nmesso_library(channel DEPENDS messo_store)\n"
    "messo_library(app DEPENDS messo_channel)\n",
    "core/base/time.hpp": "",
    "core/store/store.hpp": '#include "base/time.hpp"\n',
    "core/store/sqlite/engine.cpp": "#include <sqlite3.h>\n",
    "core/channel/sdk/messo_channel.h": "",
    "core/app/pec.cpp": '#include "pec_receipt/receipt.hpp"\n',
    "plugins/pec_receipt/CMakeLists.txt": "add_library(messo_pec_receipt)\n",
    "plugins/pec_receipt/receipt.hpp": "#include <expat.h>\n",
    "plugins/mail/CMakeLists.txt": "add_library(mail)\n",
    "plugins/mail/session.hpp": "#include <Poco/Net/StreamSocket.h>\n",
    "plugins/smtp/CMakeLists.txt": "messo_plugin(smtp)\n",
    "plugins/smtp/smtp.cpp": '#include "mail/session.hpp"\n#include "messo_channel.h"\n#include "base/time.hpp"\n',
}


def run_on(extra):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**TREE, **extra}.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True)


class IncludeDirection(unittest.TestCase):
    def test_right_includes_pass(self):
        result = run_on({})
        self.assertEqual((result.returncode, result.stdout), (0, "Includes point one way: base -> store -> channel -> app\n"))

    def test_wrong_includes_are_named_with_file_and_line(self):
        cases = {
            "core/base/clock.hpp": ('\n#include "store/store.hpp"\n', "core/base/clock.hpp:2: \"store/store.hpp\" points the wrong way"),
            "core/store/query.cpp": ("#include <sqlite3.h>\n", "only the SQLite engine"),
            "core/store/socket.cpp": ('#include "Poco/Net/Socket.h"\n', "sockets and servers live at the edges"),
            "core/extra/a.cpp": ('#include "base/time.hpp"\n', "is not a library"),
            "core/store/pec.cpp": ('#include "pec_receipt/receipt.hpp"\n', "only the composition root knows what PEC messages are"),
            "plugins/pec/xml.cpp": ("#include <expat.h>\n", "XML from outside is read in one place"),
            "plugins/pec/pec.cpp": ('#include "smtp/smtp.hpp"\n', "does not include another plugin"),
            "plugins/pec/db.cpp": ('#include "store/store.hpp"\n', "knows messo_channel.h, base and sms only"),
        }
        for name, (text, expected) in cases.items():
            with self.subTest(name):
                result = run_on({name: text})
                self.assertEqual(result.returncode, 1)
                self.assertIn(expected, result.stdout)


if __name__ == "__main__":
    unittest.main()
