"""Readers of measured patterns: formats, clear errors, and nothing but OptionError for any input."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.diffraction import data_files
from antiperovskite.diffraction.data_files import MeasuredPattern, read_pattern
from antiperovskite.diffraction.file_formats import brml as brml_format
from antiperovskite.errors import OptionError

X = np.round(10 + 0.02 * np.arange(60), 4)
Y = np.arange(60) % 7 * 10 + 5


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(separator=" ", end="\n", decimal="."):
    return "".join(f"{x:.4f}".replace(".", decimal) + f"{separator}{y}{end}" for x, y in zip(X, Y, strict=True))


CIF_ROWS = "\n".join(f"{x} {y}({3})" for x, y in zip(X, Y, strict=True))
XRDML = (
    '<?xml version="1.0"?><xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/1.5"><xrdMeasurement>'
    "<usedWavelength><kAlpha1>1.5405980</kAlpha1></usedWavelength><scan><dataPoints>"
    '<positions axis="Omega"><startPosition>5</startPosition><endPosition>6</endPosition></positions>'
    f'<positions axis="2Theta"><startPosition>{X[0]}</startPosition><endPosition>{X[-1]}</endPosition></positions>'
    f'<intensities unit="counts">{" ".join(map(str, Y))}</intensities>'
    "</dataPoints></scan></xrdMeasurement></xrdMeasurements>"
)


def brml(rows=None, views=None, members=(("Experiment0/RawData0.xml", None),), head=""):
    """An archive laid out like a diffractometer's: time, absorber, two-theta, theta, counts."""
    data = rows or "".join(f"<Datum>96,1,{x:.4f},{x / 2:.4f},{y}</Datum>" for x, y in zip(X, Y, strict=True))
    views = views or (
        '<RawDataView xsi:type="FixedRawDataView" Start="0" Length="1" LogicName="MeasuredTime"/>'
        '<RawDataView xsi:type="FixedRawDataView" Start="1" Length="1" LogicName="AbsorptionFactor"/>'
        '<RawDataView xsi:type="VaryingRawDataView" Start="2" Length="2"><Varying LogicName="ScanAxes">'
        '<FieldDefinitions FieldName="TwoTheta" AxisId="TwoTheta"/><FieldDefinitions FieldName="Theta" AxisId="Theta"/>'
        '</Varying></RawDataView><RawDataView xsi:type="RecordedRawDataView" Start="4" Length="1">'
        '<Recording LogicName="ScanCounter" Category="Count"><Unit Base="Counts"/></Recording></RawDataView>'
    )
    xml = (
        f'<?xml version="1.0"?>{head}<RawData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><FixedInformation>'
        '<WaveLengthAlpha1 Unit="A" Value="1.5406"/></FixedInformation><DataRoutes><DataRoute RouteFlag="Measured">'
        f'<ScanInformation VisibleName="Coupled TwoTheta/Theta"/>{data}<DataViews>{views}</DataViews>'
        "</DataRoute></DataRoutes></RawData>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, xml if content is None else content)
    return file.getvalue()


def bruker_raw(points=None, kind=0, magic=b"RAW1.01", supplement=40):
    """A RAW1.01 file of one range."""
    file, header = bytearray(712), bytearray(304)
    file[: len(magic)] = magic
    struct.pack_into("<I", file, 12, 1)
    struct.pack_into("<d", file, 624, 1.5406)
    struct.pack_into("<II", header, 0, 304, len(X) if points is None else points)
    struct.pack_into("<dd", header, 8, X[0] / 2, X[0])
    struct.pack_into("<d", header, 176, 0.02)
    struct.pack_into("<I", header, 188, kind)
    struct.pack_into("<II", header, 252, 4, supplement)
    return bytes(file + header + bytes(supplement)) + Y.astype("<f4").tobytes()


GOOD = {
    "a.xy": rows(),
    "b.txt": "# Sample: x\n; comment\n2theta I\n" + rows("\t"),
    "c.csv": "Angle,Intensity\n" + rows(","),
    "d.csv": "Winkel;Zahl\n" + rows(";", decimal=","),
    "e.xy": rows(" ", decimal=","),
    "f.dat": "! header\r\n" + rows("   ", end="\r\n") + "\n",
    "g.cif": "data_a\n_diffrn_radiation_wavelength 1.54\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n"
    + CIF_ROWS,
    "h.xrdml": XRDML,
    "i.fxye": "title\nBANK 1 60 60 CONST 1000 2 0 0 FXYE\n"
    + "".join(f"{100 * x:.2f} {y} {np.sqrt(y):.3f}\n" for x, y in zip(X, Y, strict=True)),
    "j.xy": "\ufeff" + rows(),
    "k.brml": brml(),
    "l.raw": bruker_raw(),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_format_gives_the_same_numbers(tmp_path, name):
    pattern = read_pattern(write(tmp_path, name, GOOD[name]))
    assert np.allclose(pattern.two_theta, X) and np.array_equal(pattern.intensity, Y)
    assert pattern.counts
    assert (pattern.sigma is not None) == (name in ("g.cif", "i.fxye"))
    assert pattern.wavelength == {"g.cif": 1.54, "h.xrdml": 1.540598, "k.brml": 1.5406, "l.raw": 1.5406}.get(name)


def test_a_third_column_is_an_uncertainty_only_where_said(tmp_path):
    text = "".join(f"{x} {y} 2.5\n" for x, y in zip(X, Y, strict=True))
    assert read_pattern(write(tmp_path, "a.xye", text)).sigma is not None
    assert read_pattern(write(tmp_path, "a.csv", "angle counts sigma\n" + text)).sigma is not None
    plain = read_pattern(write(tmp_path, "a.xy", text))
    assert plain.sigma is None and any("not used" in note for note in plain.notes)


def test_a_scan_measured_downwards_is_turned_around(tmp_path):
    text = "\n".join(reversed(rows().splitlines()))
    assert np.allclose(read_pattern(write(tmp_path, "a.xy", text)).two_theta, X)


def test_powder_cif_leaves_out_points_without_a_value(tmp_path):
    text = GOOD["g.cif"].replace("5(3)", ".", 1)
    pattern = read_pattern(write(tmp_path, "a.cif", text))
    assert len(pattern.two_theta) == 59 and any("left out" in note for note in pattern.notes)


BAD = {
    "nan.xy": (rows().replace("10.1000 ", "nan "), "finite"),
    "nan2.xy": (rows().replace("10.1000 55", "10.1 nan"), "finite"),
    "unsorted.xy": (rows().replace("10.1000", "10.9000"), "falls"),
    "repeat.xy": (rows().replace("10.1000", "10.0800"), "repeats"),
    "negative.xy": (rows().replace("10.1000 ", "10.1000 -"), "negative"),
    "one.xy": ("\n".join(map(str, Y)), "one column"),
    "short.xy": ("10 1\n11 2\n", "20 to"),
    "empty.xy": ("", "empty"),
    "text.xy": ("hello\nworld\n", "no line of numbers"),
    "stray.xy": (rows().replace("10.5000 ", "oops ") + "20 3\n", "between"),
    "ragged.xy": (rows() + "15 3 4\n", "3 numbers"),
    "tof.xy": ("".join(f"{1000 + x} {y}\n" for x, y in zip(X, Y, strict=True)), "time"),
    "zero.xy": ("".join(f"{x} 0\n" for x in X), "zero"),
    "binary.xy": (bytes(range(256)) * 20, "binary"),
    "header.raw": (b"RAW1.01\0", "within its header"),
    "version.raw": (bruker_raw(magic=b"RAW4.00"), "RAW4.00 is not read"),
    "unknown.raw": (bruker_raw(magic=b"FI\0\0"), "unknown kind"),
    "rocking.raw": (bruker_raw(kind=3), "does not run over two-theta"),
    "cut.raw": (bruker_raw()[:-4], "shorter than"),
    "long.raw": (bruker_raw(points=4_000_000_000), "shorter than"),
    "nan.raw": (bruker_raw()[:-4] + struct.pack("<f", float("nan")), "finite"),
    "scan.brml": (b"PK", "not a readable BRML"),
    "cut.brml": (brml()[:-30], "not a readable BRML"),
    "other.brml": (brml(members=[("word/document.xml", "<a/>")]), "no RawData"),
    "ragged.brml": (brml(rows="<Datum>1,1,10,5,1</Datum><Datum>1,1,10.1</Datum>"), "row of the scan"),
    "words.brml": (brml(rows="<Datum>1,1,ten,5,1</Datum>"), "row of the scan"),
    "narrow.brml": (brml(rows="<Datum>1,1,10</Datum>" * 30), "fewer than"),
    "noviews.brml": (brml(views="<A/>"), "no two-theta axis"),
    "entity.brml": (brml(head='<!DOCTYPE a [<!ENTITY b "bb">]>'), "refused"),
    "broken.brml": (brml(members=[("Experiment0/RawData0.xml", "<a><b>")]), "well-formed"),
    "norows.brml": (brml(rows="<A/>"), "no measured points"),
    "crystal.cif": ("data_x\n_cell_length_a 3\nloop_\n_atom_site_label\nLi\n", "no measured profile"),
    "loop.cif": ("data_x\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n1 2 3\n", "values for 2 columns"),
    "broken.xrdml": ("<xrdMeasurements><scan>", "well-formed"),
    "bomb.xrdml": ('<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>', "refused"),
    "none.xrdml": ("<xrdMeasurements/>", "no intensities"),
    "std.gsas": ("t\nBANK 1 60 6 CONST 1000 2 0 0 STD\n1 2 3\n", "FXYE"),
}


@pytest.mark.parametrize("name", BAD)
def test_every_damaged_file_gets_one_clear_line(tmp_path, name):
    text, said = BAD[name]
    with pytest.raises(OptionError, match=said) as caught:
        read_pattern(write(tmp_path, name, text))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_missing_files_directories_and_large_files(tmp_path, monkeypatch):
    for path in (tmp_path / "none.xy", tmp_path, tmp_path / "a\0b.xy"):
        with pytest.raises(OptionError, match="cannot read"):
            read_pattern(path)
    monkeypatch.setattr(data_files, "MAX_BYTES", 100)
    with pytest.raises(OptionError, match="MB"):
        read_pattern(write(tmp_path, "a.xy", rows()))


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(brml_format, "MAX_BYTES", 10_000)
    bomb = brml(members=[("Experiment0/RawData0.xml", "<a>" + " " * 1_000_000)])
    assert len(bomb) < 10_000
    with pytest.raises(OptionError, match="unpacks to more"):
        read_pattern(write(tmp_path, "bomb.brml", bomb))


def test_scans_absorbers_and_angles_follow_what_the_archive_says(tmp_path):
    rows_of = "".join(f"<Datum>1,{2 if y > 30 else 1},{x},0,{y}</Datum>" for x, y in zip(X, Y, strict=True))
    members = [("Experiment0/RawData10.xml", "<broken"), ("Experiment0/RawData2.xml", None)]
    pattern = read_pattern(write(tmp_path, "a.brml", brml(rows=rows_of, members=members)))
    assert np.array_equal(pattern.intensity, np.where(Y > 30, 2 * Y, Y))
    assert any("absorber" in note for note in pattern.notes) and any("2 scans" in note for note in pattern.notes)


@settings(max_examples=150, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=400),
        st.text(alphabet="0123456789.,;-+e \t\n#nainf", max_size=400).map(str.encode),
        st.text(alphabet="_pdmeasloop_2thcountl 0123456789.()\n'\";?", max_size=300).map(
            lambda t: b"data_a\n" + t.encode()
        ),
        st.sampled_from(
            [
                *(GOOD[name].encode() for name in ("g.cif", "h.xrdml", "d.csv", "i.fxye")),
                GOOD["k.brml"],
                GOOD["l.raw"],
                brml(members=[("RawData0.xml", None)]),
            ]
        ).flatmap(
            lambda good: st.tuples(st.integers(0, len(good) - 1), st.binary(max_size=6)).map(
                lambda cut: good[: cut[0]] + cut[1] + good[cut[0] + 3 :]
            )
        ),
    ),
    suffix=st.sampled_from([".xy", ".xye", ".csv", ".cif", ".xrdml", ".fxye", ".brml", ".raw", ""]),
)
def test_any_bytes_give_a_pattern_or_one_clear_line(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"scan{suffix}"
    path.write_bytes(content)
    try:
        pattern = read_pattern(path)
    except OptionError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(pattern, MeasuredPattern) and np.all(np.diff(pattern.two_theta) > 0)
        assert np.all(np.isfinite(pattern.intensity)) and np.all(pattern.intensity >= 0)
