"""Import time is a budget: a fresh process says which modules a door loads."""

import subprocess
import sys

import pytest

VENDORS = ("PIL", "click", "duckdb", "h3", "ibis", "msgspec", "numpy", "onnxruntime", "pi_heif",
           "rich", "shapely", "sqlite3")  # fmt: skip


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


def test_importing_fieldmark_loads_no_vendor_library() -> None:
    assert loaded_after("import fieldmark").isdisjoint(VENDORS)


def test_a_public_name_is_fetched_when_it_is_used() -> None:
    assert "numpy" not in loaded_after("import fieldmark; fieldmark.FieldmarkError")


@pytest.mark.parametrize("door", ["fieldmark.identify", "fieldmark.compose"])
def test_the_pipeline_carries_no_builder_and_no_terminal(door: str) -> None:
    assert loaded_after(f"import {door}").isdisjoint({"click", "duckdb", "ibis", "rich", "shapely"})


def test_the_pipeline_loads_decoders_and_the_model_runtime_only_when_a_photo_comes() -> None:
    assert loaded_after("import fieldmark.compose").isdisjoint({"PIL", "onnxruntime", "pi_heif"})


def test_the_shared_cache_and_its_tokens_need_no_client_library() -> None:
    loaded = loaded_after(
        "import fieldmark.compose, fieldmark.adapters.valkey_cache, fieldmark.adapters.iam_tokens"
    )

    assert loaded.isdisjoint({"boto3", "botocore", "valkey"})


def test_without_a_shared_cache_no_network_code_is_loaded() -> None:
    assert "ssl" not in loaded_after("import fieldmark.compose")


def test_no_client_of_aws_is_loaded_before_it_is_asked() -> None:
    code = """
from fieldmark import compose
from fieldmark.settings import S3Place, Settings
place = S3Place("bucket", "prefix/")
compose.keeper(Settings(journal=place, blobs=place))
"""

    assert loaded_after(code).isdisjoint({"boto3", "botocore", "urllib3"})


def test_the_command_line_loads_tables_only_for_people() -> None:
    loaded = loaded_after("import fieldmark.entrypoints.cli.identify")

    assert loaded.isdisjoint({"PIL", "duckdb", "ibis", "onnxruntime", "pi_heif", "rich", "shapely"})


def test_the_commands_of_the_atlas_load_the_builder_only_when_one_is_built() -> None:
    loaded = loaded_after("import fieldmark.entrypoints.cli.atlas")

    assert loaded.isdisjoint({"duckdb", "ibis", "pyarrow", "shapely", "sqlglot"})


def test_the_function_loads_no_client_no_builder_and_no_framework() -> None:
    loaded = loaded_after("import fieldmark.entrypoints.aws_lambda")

    assert "onnxruntime" in loaded
    assert loaded.isdisjoint(
        {"PIL", "alembic", "boto3", "botocore", "click", "duckdb", "email", "ibis", "litestar",
         "pi_heif", "prometheus_client", "psycopg", "rich", "sqlalchemy", "valkey"}
    )  # fmt: skip


def test_a_website_whose_photos_a_function_identifies_opens_no_model() -> None:
    loaded = loaded_after(
        "from fieldmark.entrypoints.web.app import service_of\n"
        "from fieldmark.settings import Settings\n"
        "service_of(Settings(ml='a-function', journal=None)).areas.close()"
    )

    assert "litestar" in loaded
    assert loaded.isdisjoint({"boto3", "botocore", "onnxruntime", "pi_heif"})


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    import fieldmark

    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = fieldmark.nonsense
    assert set(fieldmark.__all__) <= set(dir(fieldmark))
