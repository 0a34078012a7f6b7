from tests.audit.pages import (
  HEADING,
  chosen,
  downloaded,
  load,
  make_findings,
  make_summary,
  matches,
  press,
)


def test_keys_decide_and_undo_and_a_reload_loses_nothing(pets):
  press(pets, "a k x")
  assert chosen(pets) == "3.png"
  press(pets, "ArrowRight r")
  pets.keyboard.type("O")
  assert pets.locator("#classes-list li").all_inner_texts() == ["dog", "fox"]
  press(pets, "ArrowDown Enter")
  # To relabel to the given label is to keep it.
  press(pets, "r")
  pets.keyboard.type("dog")
  press(pets, "Enter")
  assert pets.inner_text("#example-0 .decision") == "→ dog"
  assert pets.inner_text("#counter") == "5 decided: 2 relabel, 2 keep, 1 leave out"
  rows = [
    HEADING, ["0.png", "relabel", "dog"], ["1.png", "keep", ""],
    ["2.png", "leave_out", ""], ["4.png", "relabel", "fox"], ["5.png", "keep", ""],
  ]  # fmt: skip
  assert downloaded(pets)[0] == rows
  pets.reload()
  assert downloaded(pets)[0] == rows
  press(pets, "x x u")
  assert chosen(pets) == "1.png"
  rows[1] = ["0.png", "leave_out", ""]
  assert downloaded(pets)[0] == rows
  press(pets, "u u")
  assert pets.inner_text("#status") == "There is nothing to undo."
  assert pets.inner_text("#example-0 .decision") == "→ dog"
  pets.click("#leave-out")
  assert pets.inner_text("#example-0 .decision") == "left out"


def test_decided_examples_leave_a_list_of_the_others(pets):
  pets.select_option("#decided", "none")
  pets.click("#example-2")
  press(pets, "a a")
  assert matches(pets) == "38 of 200 shown"
  assert chosen(pets) == "4.png"
  press(pets, "u")
  assert chosen(pets) == "3.png"
  pets.select_option("#decided", "relabel")
  assert matches(pets) == "1 of 200 shown"


def test_keys_in_a_field_are_text(pets):
  pets.focus("#low")
  press(pets, "a k x")
  assert pets.inner_text("#counter") == "none decided"


def test_decisions_are_loaded_and_bad_files_are_refused(pets):
  press(pets, "k")
  rows = b'id,decision,label\n1.png,relabel,fox\n"other ""1"".png",leave_out,\n'
  said = load(pets, b"\xef\xbb\xbf" + rows)
  assert said == "2 decisions loaded. 1 are on examples that this page lacks."
  kept = [
    HEADING, ["0.png", "keep", ""], ["1.png", "relabel", "fox"],
    ['other "1".png', "leave_out", ""],
  ]  # fmt: skip
  assert downloaded(pets)[0] == kept
  heading = b"id,decision,label\n"
  for content, said in (
    (b"", "its first row must be id,decision,label"),
    (b"id;decision;label\n", "its first row must be id,decision,label"),
    (heading + b"1.png,keep\n", "row 2 must have 3 cells"),
    (heading + b"1.png,hide,\n", "decision \"hide\", must be relabel or keep or leave_out"),
    (heading + b"1.png,relabel,cow\n", 'label "cow", must be the name of a class'),
    (heading + b"1.png,keep,cat\n", 'label "cat", must be empty'),
    (heading + b'1.png,"keep,\n', "row 2 is not a row of a CSV file"),
  ):  # fmt: skip
    assert said in load(pets, content)
  assert downloaded(pets)[0] == kept
  press(pets, "u")
  assert downloaded(pets)[0] == kept[:2]


def test_names_are_data_and_come_back_as_they_were(open_page):
  hostile = [
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "a 'b' \"c\", d",
    "=1+1", "-1", "@x", " two\nlines\r\n", "caf\udce9 \udcff\udc80", "\U0001f408 \u2028é",
    "\u202egnp.x", "{{ 1 }}", "&lt;", "__proto__",
  ]  # fmt: skip
  size = len(hostile)
  ids = [f"{name}/{i}" for i, name in enumerate(hostile)]
  findings, images = make_findings(
    size, hostile, num_declared=size, ids=ids, copies={0: (3,)}
  )
  summary = make_summary(
    tuple(hostile), dataset="folder:" + ids[7], notes=tuple(hostile), score_meaning=ids[0]
  )
  page = open_page(findings, summary, images)
  assert page.inner_text("h1") == "folder:caf\\udce9 \\udcff\\udc80/7"
  assert hostile[1] in page.inner_text(".about")
  assert page.inner_text("#example-0 .given bdi") == hostile[0]
  assert page.inner_text("#example-0 .copies bdi") == "=1+1"
  assert page.inner_text("#example-6 .given bdi") == " two\\nlines\\r\\n"
  assert page.inner_text("#example-7 .given bdi") == "caf\\udce9 \\udcff\\udc80"
  assert page.inner_text("#example-9 .given bdi") == "\\u202egnp.x"
  press(page, "a r")
  page.keyboard.type("=1")
  press(page, "Enter")
  for _ in ids[2:]:
    press(page, "a")
  likely = [hostile[(i + 1) % size] for i in range(size)]
  likely[1] = "=1+1"
  expected = [[id_, "relabel", name] for id_, name in zip(ids, likely, strict=True)]
  rows, content = downloaded(page)
  assert rows == [HEADING, *expected]
  page.reload()
  assert downloaded(page)[1] == content
  press(page, "Home " + "k " * size)
  assert load(page, content) == f"{size} decisions loaded."
  assert downloaded(page)[1] == content


def test_another_audit_has_its_own_decisions(open_page):
  findings, images = make_findings(30)
  press(open_page(findings, make_summary(), images), "a")
  corrected = findings._replace(labels=findings.labels[::-1].copy())
  for others, name in ((findings, "folder:others"), (corrected, "folder:pets")):
    page = open_page(others, make_summary(dataset=name), images)
    assert page.inner_text("#counter") == "none decided"
