import pytest

from noisy_jax import data


@pytest.mark.parametrize("text", ["0.1", "0.25:clean"])
def test_a_parsed_split_has_the_text_that_it_came_from(text):
  split = data.parse_validation(text)
  assert str(split) == text
  assert split.is_clean == text.endswith("clean")


def test_none_is_no_split():
  assert data.parse_validation("none") is None


@pytest.mark.parametrize("text", ["0", "0.0", "1", "1.5", "-0.1", "0.1:given", "", "clean"])
def test_other_texts_are_refused(text):
  with pytest.raises(ValueError, match=f"validation: '{text}', must be none, SHARE or SHA"):
    data.parse_validation(text)
