//! From nothing to a connection that is greeted, sealed and logged in.

use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::hang_up;
use super::reply::{Ended, within};
use super::wire::Sealed;
use crate::channels::answer::MailStage;
use crate::channels::call::{MailCall, MailServer, Security};
use crate::delivery::cause::cause;

const CONNECT: Duration = Duration::from_secs(10);

/// Opens a connection for `call`; every step may take `step`.
pub(super) async fn connect(call: &MailCall, step: Duration) -> Result<AsyncSmtpConnection, Ended> {
    let server = &call.server;
    let hello = greeting(server);
    // Before anything is said: a file that cannot be read is not the server's doing.
    let tls = if server.security == Security::None { None } else { Some(trust(server)?) };
    let stream = open(server).await?;
    let stream: Box<dyn AsyncTokioStream> = match &tls {
        Some(tls) if server.security == Security::Tls => {
            let sealed = Sealed::over(stream, tls.clone());
            Box::new(within(step, MailStage::Connect, sealed).await?)
        }
        _ => Box::new(stream),
    };
    let greeted = AsyncSmtpConnection::connect_with_transport(stream, &hello);
    let mut connection = within(step, MailStage::Connect, greeted).await?;
    if let (Security::StartTls, Some(tls)) = (server.security, tls) {
        if !connection.can_starttls() {
            hang_up(&mut connection).await;
            return Err(Ended::distrust("the server does not offer STARTTLS"));
        }
        within(step, MailStage::Connect, connection.starttls(tls, &hello)).await?;
    }
    log_in(&mut connection, call, step).await?;
    Ok(connection)
}

/// Who this machine says it is.
pub(super) fn greeting(server: &MailServer) -> ClientId {
    server.hello.clone().map_or_else(ClientId::default, ClientId::Domain)
}

async fn open(server: &MailServer) -> Result<TcpStream, Ended> {
    let stream = match timeout(CONNECT, TcpStream::connect((server.host.as_str(), server.port))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(Ended::Broken(error.to_string())),
        Err(_) => return Err(Ended::Broken(format!("no connection within {} s", CONNECT.as_secs()))),
    };
    stream.set_nodelay(true).map_err(|error| Ended::Broken(error.to_string()))?;
    Ok(stream)
}

/// Whom to believe: the system's authorities, or those of a file and nobody else.
fn trust(server: &MailServer) -> Result<TlsParameters, Ended> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(file) = &server.ca_file {
        let pem = std::fs::read(file).map_err(|error| Ended::distrust(format!("{file}: {error}")))?;
        let holds = pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----");
        let authority = Certificate::from_pem(&pem).ok().filter(|_| holds);
        let authority = authority.ok_or_else(|| Ended::distrust(format!("{file}: no certificate in it")))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    builder.build().map_err(|error| Ended::distrust(format!("TLS cannot be set up: {}", cause(&error))))
}

async fn log_in(connection: &mut AsyncSmtpConnection, call: &MailCall, step: Duration) -> Result<(), Ended> {
    let (Some(user), Some(password)) = (&call.server.user, &call.password) else { return Ok(()) };
    let credentials = Credentials::new(user.clone(), password.expose().to_owned());
    let mechanisms = [Mechanism::Plain, Mechanism::Login];
    let auth = async {
        match connection.auth(&mechanisms, &credentials).await {
            // It offers no way of logging in that we know: no retry mends that.
            Err(error) if error.is_client() => Ok(Err(cause(&error))),
            answered => answered.map(Ok),
        }
    };
    match within(step, MailStage::Auth, auth).await? {
        Ok(_) => Ok(()),
        Err(text) => {
            hang_up(connection).await;
            Err(Ended::distrust(text))
        }
    }
}
