// Tables of RFC 4180, and their bytes. A byte that is not UTF-8 is a lone surrogate in a
// text, as Python has it, so that the names of files come back as they were.

function toCsv(rows) {
  const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

function fromCsv(text) {
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  const rows = [];
  let row = [];
  while (field.lastIndex < text.length || row.length) {
    const found = field.exec(text);
    if (!found) throw new Error(`row ${rows.length + 1} is not a row of a CSV file`);
    const [, quoted, plain, end] = found;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

function toBytes(text) {
  const parts = text.split(/([\udc80-\udcff])/u);
  const byte = (part) => Uint8Array.of(part.charCodeAt(0) - 0xdc00);
  return new Blob(parts.map((part, place) => (place % 2 ? byte(part) : part)));
}

function fromBytes(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decoded = (start, end) => {
    try {
      return decoder.decode(bytes.subarray(start, end));
    } catch {
      return null;
    }
  };
  const whole = decoded(0, bytes.length);
  if (whole !== null) return whole.replace(/^\ufeff/, "");
  let text = "";
  for (let place = 0; place < bytes.length; ) {
    const lead = bytes[place];
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const sign = decoded(place, place + length);
    text += sign ?? String.fromCharCode(0xdc00 + lead);
    place += sign === null ? 1 : length;
  }
  return text.replace(/^\ufeff/, "");
}
