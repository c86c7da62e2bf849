#!/usr/bin/env python3
"""publiccode.yml has what the standard (version 0) demands. Exit code 77: python3-yaml is not installed."""
import pathlib
import re
import sys

try:
    import yaml
except ImportError:
    print("python3-yaml is missing: packaging/install-deps test")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATUSES = {"concept", "development", "beta", "stable", "obsolete"}
SOFTWARE_TYPE = re.compile(r"^(standalone/(mobile|iot|desktop|web|backend|other)|addon|library|configurationFiles)$")
MANDATORY = ("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal",
             "maintenance", "localisation")


def description_problems(language, text):
    short, long = text.get("shortDescription", ""), text.get("longDescription", "")
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", language):
        yield f"description: '{language}' is not a BCP 47 language"
    if not 1 <= len(short.strip()) <= 150:
        yield f"description.{language}.shortDescription: {len(short.strip())} characters, at most 150"
    if not 150 <= len(long.strip()) <= 10000:
        yield f"description.{language}.longDescription: {len(long.strip())} characters, 150 to 10,000"
    if not text.get("features"):
        yield f"description.{language}.features: empty"


def problems_of(facts):
    yield from (f"{key}: missing" for key in MANDATORY if not facts.get(key))
    if facts.get("developmentStatus") not in STATUSES:
        yield f"developmentStatus: one of {', '.join(sorted(STATUSES))}"
    if not SOFTWARE_TYPE.match(facts.get("softwareType", "")):
        yield f"softwareType: unknown '{facts.get('softwareType')}'"
    for language, text in (facts.get("description") or {}).items():
        yield from description_problems(language, text)
    if (facts.get("legal") or {}).get("license") != "EUPL-1.2":
        yield "legal.license: EUPL-1.2, as LICENSE says"
    maintenance = facts.get("maintenance") or {}
    if maintenance.get("type") in ("internal", "community") and not all(who.get("name") for who in maintenance.get("contacts") or [{}]):
        yield "maintenance.contacts: at least one, with a name"
    localisation = facts.get("localisation") or {}
    if not isinstance(localisation.get("localisationReady"), bool) or not localisation.get("availableLanguages"):
        yield "localisation: localisationReady and availableLanguages are mandatory"


def version_problems(facts):
    """The version is told in three places."""
    version = str(facts.get("softwareVersion"))
    if f"project(messo VERSION {version} " not in (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"):
        yield f"softwareVersion: {version} is not the version in CMakeLists.txt"


def main():
    facts = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    problems = [*problems_of(facts), *version_problems(facts)]
    print("\n".join(problems) if problems else "publiccode.yml has what the standard demands.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
