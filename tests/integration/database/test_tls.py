"""TLS to a database, as the address says, and tokens through it."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from cloud.postgres_server import PostgresServer, postgres_server
from fieldmark.atlas.database.publication import Reader, publish
from fieldmark.errors import SettingInvalid, Unavailable
from postgres_tls import tls_before
from published import database, file_of, postgres_areas, published
from releases import CONTENT, RELEASE


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server(auth="password") as server:
        yield server


@pytest.fixture
def name(server: PostgresServer, tmp_path: Path) -> str:
    name = server.database()
    published(CONTENT, tmp_path, server.url(name))
    publish(file_of(CONTENT, tmp_path), database(server.url(name)), Reader("web"))
    return name


@pytest.fixture
def tls_port(server: PostgresServer, authority: trustme.CA) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with tls_before(server.port, context) as port:
        yield port


@pytest.fixture
def authorities(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


def set_password(server: PostgresServer, password: str) -> None:
    with server.connect() as connection:
        connection.execute(f"ALTER ROLE web PASSWORD '{password}'")


def test_a_server_whose_certificate_names_it_is_believed(
    server: PostgresServer, name: str, tls_port: int, authorities: Path
) -> None:
    set_password(server, "right")
    to = f"web:right@localhost:{tls_port}/{name}?sslmode=verify-full&sslrootcert={authorities}"

    store = postgres_areas(f"postgresql://{to}")

    assert store.release().name == RELEASE.name


@pytest.mark.parametrize("rest", ["", "&sslrootcert={other}"])
def test_a_server_that_nobody_vouches_for_is_not_asked(
    server: PostgresServer, name: str, tls_port: int, tmp_path: Path, rest: str
) -> None:
    set_password(server, "right")
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    rest = rest.format(other=other)
    store = postgres_areas(
        f"postgresql://web:right@localhost:{tls_port}/{name}?sslmode=verify-full{rest}"
    )

    with pytest.raises(Unavailable, match="certificate"):
        store.release()


def test_a_certificate_for_another_name_is_not_believed(
    server: PostgresServer, name: str, tls_port: int, authorities: Path
) -> None:
    set_password(server, "right")
    to = f"web:right@127.0.0.1:{tls_port}/{name}?sslmode=verify-full&sslrootcert={authorities}"

    with pytest.raises(Unavailable, match="127"):
        postgres_areas(f"postgresql://{to}").release()


def test_each_connection_shows_a_token_of_its_own(
    server: PostgresServer, name: str, tls_port: int
) -> None:
    given: list[str] = []

    def token() -> str:
        given.append(f"cluster.example:5432/?Action=connect&X-Amz-Signature={len(given)}")
        set_password(server, given[-1])
        return given[-1]

    store = postgres_areas(f"postgresql://web@localhost:{tls_port}/{name}", token=token)

    assert store.release().name == RELEASE.name
    assert store.release().name == RELEASE.name
    assert len(given) == 2


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_a_token_is_not_sent_where_it_might_go_in_clear(
    name: str, tls_port: int, mode: str
) -> None:
    def token() -> str:
        raise AssertionError

    url = f"postgresql://web@localhost:{tls_port}/{name}?sslmode={mode}"

    with pytest.raises(SettingInvalid, match=f"sslmode={mode} would send"):
        postgres_areas(url, token=token).release()
