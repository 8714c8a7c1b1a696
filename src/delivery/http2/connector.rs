//! How a connection for HTTP/2 comes about: directly or through the configured proxy, TLS on top, all of it within a
//! bound. Nothing of a call has left before.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::TcpStream;
use tower_service::Service;

use super::goodbye::HearsGoodbye;

pub(in crate::delivery) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What carries bytes: over TLS to a proxy that asks for it, else bare.
type Bytes = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Makes connections to providers.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    over_tls: HttpsConnector<Way>,
    bound: Duration,
}

impl Connector {
    pub(super) fn new(bound: Duration, ca_file: Option<&str>, proxy: Option<&str>) -> Result<Self, BoxError> {
        let over_tls = HttpsConnectorBuilder::new()
            .with_tls_config(tls(ca_file)?)
            // Loopback speaks it in clear; whether a channel may is its kind's to say.
            .https_or_http()
            .enable_http2()
            .wrap_connector(Way::new(proxy)?);
        Ok(Self { over_tls, bound })
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<HearsGoodbye<Bytes>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.over_tls.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, bound) = (self.over_tls.call(to), self.bound);
        Box::pin(async move {
            let late = |_| format!("no connection within {} s", bound.as_secs());
            tokio::time::timeout(bound, connecting).await.map_err(late)?
        })
    }
}

/// The way to a provider.
#[derive(Debug, Clone)]
enum Way {
    Straight(HttpConnector),
    Tunnel(Tunnel<HttpsConnector<HttpConnector>>),
    Socks(SocksV5<HttpConnector>),
}

impl Way {
    fn new(proxy: Option<&str>) -> Result<Self, BoxError> {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let Some(proxy) = proxy else { return Ok(Self::Straight(tcp)) };
        let proxy = Uri::try_from(proxy).map_err(wrong)?;
        let scheme = proxy.scheme_str().unwrap_or_default().to_owned();
        let (user, password, at) = without_user(proxy)?;
        match &*scheme {
            "http" | "https" => {
                let over_tls = HttpsConnectorBuilder::new()
                    .with_tls_config(tls(None)?)
                    .https_or_http()
                    .enable_http1()
                    .wrap_connector(tcp);
                let tunnel = Tunnel::new(at, over_tls);
                if user.is_empty() {
                    return Ok(Self::Tunnel(tunnel));
                }
                let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
                let basic = HeaderValue::try_from(basic).map_err(wrong)?;
                Ok(Self::Tunnel(tunnel.with_auth(basic)))
            }
            "socks5" | "socks5h" => {
                let socks = SocksV5::new(at, tcp).local_dns(scheme == "socks5");
                Ok(Self::Socks(if user.is_empty() { socks } else { socks.with_auth(user, password) }))
            }
            other => Err(format!("over a proxy of the kind {other} there is no HTTP/2").into()),
        }
    }
}

/// Says nothing of the address, which may hold a password.
fn wrong(error: impl std::error::Error) -> String {
    format!("the proxy: {error}")
}

/// The user and the password in an address, and the address without them.
fn without_user(uri: Uri) -> Result<(String, String, Uri), String> {
    let mut parts = uri.into_parts();
    let whole = parts.authority.as_ref().map(ToString::to_string).unwrap_or_default();
    let (user, place) = whole.rsplit_once('@').unwrap_or(("", &whole));
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let plain = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    parts.authority = Some(place.parse().map_err(wrong)?);
    Ok((plain(name), plain(password), Uri::from_parts(parts).map_err(wrong)?))
}

impl Service<Uri> for Way {
    type Response = HearsGoodbye<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(match self {
            Self::Straight(tcp) => ready!(tcp.poll_ready(cx)).map_err(Into::into),
            Self::Tunnel(tunnel) => ready!(tunnel.poll_ready(cx)).map_err(Into::into),
            Self::Socks(socks) => ready!(socks.poll_ready(cx)).map_err(Into::into),
        })
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        fn made<F, E>(connecting: F) -> BoxFuture<'static, Result<HearsGoodbye<Bytes>, BoxError>>
        where
            F: Future<Output = Result<Bytes, E>> + Send + 'static,
            E: Into<BoxError>,
        {
            Box::pin(async { connecting.await.map(HearsGoodbye::new).map_err(Into::into) })
        }
        match self {
            Self::Straight(tcp) => {
                let connecting = tcp.call(to);
                made(async { connecting.await.map(MaybeHttpsStream::Http) })
            }
            Self::Tunnel(tunnel) => made(tunnel.call(to)),
            Self::Socks(socks) => {
                let connecting = socks.call(to);
                made(async { connecting.await.map(MaybeHttpsStream::Http) })
            }
        }
    }
}

/// Trusts the system's authorities, or those in a file instead of them.
fn tls(ca_file: Option<&str>) -> Result<ClientConfig, BoxError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let Some(file) = ca_file else {
        return Ok(config.with_platform_verifier()?.with_no_client_auth());
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        return Err("no certificate in it".into());
    }
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
