"""The extension of mkdocs.yml that fits docstrings of this project to Markdown."""

import re

import griffe

# <delta_k> is an average, and not a tag.
_TAG = re.compile(r"<(?=[a-z])")
_LONGEST_VALUE = 1500  # characters


class ProjectDocstrings(griffe.Extension):
  """Takes an example for code, and leaves out long tables and fields without a text."""

  def on_object(self, *, obj: griffe.Object, **_: object) -> None:
    """Rewrites the docstring of an object."""
    if obj.docstring:
      text, mark, example = obj.docstring.value.partition("Example:\n")
      obj.docstring.value = _TAG.sub("&lt;", text) + mark.replace(":", "s:") + example

  def on_attribute(self, *, attr: griffe.Attribute, **_: object) -> None:
    """Leaves out the value of a long table."""
    if attr.value is not None and len(str(attr.value)) > _LONGEST_VALUE:
      attr.value = None

  def on_package(self, *, pkg: griffe.Module, **_: object) -> None:
    """Leaves out fields of a class, which stand in its docstring."""
    _leave_out_fields(pkg)


def _leave_out_fields(scope):
  for name, member in list(scope.members.items()):
    if member.is_alias:
      continue
    if scope.is_class and name != "__init__" and not member.has_docstring:
      scope.del_member(name)
    elif member.is_module or member.is_class:
      _leave_out_fields(member)
