"""What describes itself: the keys of study.yml by the model that checks them, functions by their docstrings."""

from __future__ import annotations

import json

from coordination.locale import LANGUAGES
from coordination.publishing import reference
from coordination.publishing.site.markup import FIRST, raw, render, say
from coordination.publishing.site.origins import Link, described
from coordination.study.model import Study


def keys_of_a_study(language):
    """Describe the keys of study.yml, from the model that checks them.

    Parameters
    ----------
    language : str

    Returns
    -------
    str
        Markdown.
    """
    schema = Study.model_json_schema()
    parts = schema["$defs"]
    rows = []

    def name_of(kind):
        if "$ref" in kind:
            return name_of(parts[kind["$ref"].rpartition("/")[2]] | {"title": kind["$ref"].rpartition("/")[2]})
        if "anyOf" in kind or "oneOf" in kind:
            return " | ".join(dict.fromkeys(name_of(k) for k in kind.get("anyOf", kind.get("oneOf"))))
        if "enum" in kind:
            return " | ".join(kind["enum"])
        if kind.get("type") == "array":
            return f"list of {name_of(kind['items'])}" if "items" in kind else "list"
        if kind.get("title") == "Text":
            return f"text: {{{', '.join(LANGUAGES)}}}"
        return {"object": "mapping", "null": "null"}.get(kind.get("type"), kind.get("type", "any"))

    def target(kind):
        for k in (kind, *kind.get("anyOf", ())):
            for r in (k, k.get("items", {}), k.get("additionalProperties") or {}):
                if isinstance(r, dict) and "$ref" in r:
                    name = r["$ref"].rpartition("/")[2]
                    if parts[name].get("properties") and name != "Text":
                        return name, k.get("type") == "array"
        return None, False

    def walk(model, prefix, required):
        for key, kind in model["properties"].items():
            sub, many = target(kind)
            default = say("required", language) if key in required else json.dumps(kind.get("default"))
            if sub and key not in required:
                default = ""
            meaning = kind.get("description", "")
            rows.append({"key": prefix + key, "expected": name_of(kind), "default": default, "meaning": meaning})
            if sub:
                inner = "[]." if many else ("<id>." if kind.get("type") == "object" else ".")
                walk(parts[sub], prefix + key + inner, parts[sub].get("required", ()))

    walk({"properties": {k: v for k, v in schema["properties"].items() if k != "id"}}, "", schema["required"])
    return raw(render("keys", language, rows=rows))


def module_list(language, words):
    """List the modules room by room, each with what it is about and the functions in it.

    Parameters
    ----------
    language : str
    words : dict of str to str
        What rooms and modules are about, where it is not what their docstrings say: by a name, or by its last part for
        what every room has.

    Returns
    -------
    str
        Markdown.
    """
    up = "" if language == FIRST else f"../{described(language)}"  # the page lies in the folder api of its language
    rooms = []
    for room, (about, inside) in reference.rooms().items():
        modules = [
            {
                "link": Link(name, f"{up}{name}.html"),
                "about": words.get(name) or words.get(name.rpartition(".")[2]) or text,
                "functions": [Link(f, f"{up}{name}.html#coordination.{name}.{f}", t) for f, t in functions.items()],
            }
            for name, (text, functions) in inside.items()
        ]
        rooms.append({"name": room, "about": words.get(room) or about, "modules": modules})
    return raw(render("modules", language, rooms=rooms))
