"""Writes a notebook as a page that asks no other host. Formulas are only marked: formulas.ts sets them.

    python page.py NOTEBOOK OUT.html
"""

import html
import sys
from pathlib import Path

import nbformat
from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

# What nbconvert's template takes from other hosts.
TEMPLATE = """{%- extends 'index.html.j2' -%}
{%- block html_head_js_requirejs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}"""


def marked(formula, kind):
    return f'<span data-formula="{kind}">{html.escape(formula, quote=False)}</span>'


class Renderer(IPythonRenderer):
    def inline_math(self, body):
        return marked(body, "inline")

    def block_math(self, body):
        return marked(body, "display")

    def latex_environment(self, name, body):
        return marked(f"\\begin{{{name}}}{body}\\end{{{name}}}", "display")


class PageExporter(HTMLExporter):
    @pass_context
    def markdown2html(self, context, source):
        attachments = context.get("cell", {}).get("attachments", {})
        renderer = Renderer(escape=False, attachments=attachments, embed_images=True)
        return MarkdownWithMath(renderer=renderer).render(source)


def page_of(notebook, name):
    exporter = PageExporter(template_name="lab", raw_template=TEMPLATE)
    body, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})
    return body


if __name__ == "__main__":
    source, out = (Path(one) for one in sys.argv[1:])
    out.write_text(page_of(nbformat.read(source, as_version=4), source.stem), encoding="utf-8")
