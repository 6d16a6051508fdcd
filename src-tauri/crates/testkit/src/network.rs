//! What stands between Perch and a far side in offices: TLS by an authority of their own, and a proxy that wants a login.
//! Both on loopback, both real.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// The name of the authority in the certificates made here.
pub const AUTHORITY: &str = "Acme Root";

/// TLS in front of something on loopback. It ends when this is dropped.
pub struct Tls {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate of its authority, as PEM.
    pub authority: String,
    server: JoinHandle<()>,
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Tls {
    /// For `host`, in front of `target`.
    pub async fn in_front_of(target: SocketAddr, host: &str) -> Self {
        let (config, authority) = certified(host);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = loopback().await;
        let address = listener.local_addr().expect("a bound socket has one");
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Who does not believe the certificate goes away here.
                    if let Ok(near) = acceptor.accept(stream).await {
                        pump(near, target).await;
                    }
                });
            }
        });
        Self {
            address,
            authority,
            server,
        }
    }
}

fn certified(host: &str) -> (rustls::ServerConfig, String) {
    const MADE: &str = "certificates can be made";
    let mut root = CertificateParams::new(Vec::new()).expect(MADE);
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    root.distinguished_name.push(DnType::CommonName, AUTHORITY);
    let root_key = KeyPair::generate().expect(MADE);
    let authority = root.self_signed(&root_key).expect(MADE).pem();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().expect(MADE);
    let leaf = CertificateParams::new(vec![host.to_owned()])
        .and_then(|leaf| leaf.signed_by(&key, &issuer))
        .expect(MADE);
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .expect("the usual versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .expect("a certificate with its key");
    (config, authority)
}

/// A proxy that opens tunnels for who knows its login. It ends when this is dropped.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    counts: Arc<Counts>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    tunnels: AtomicUsize,
    refused: AtomicUsize,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Proxy {
    /// For `login`, as `name:password`. Whatever host is asked for, the tunnel ends at `target`.
    pub async fn to(target: SocketAddr, login: &str) -> Self {
        let listener = loopback().await;
        let address = listener.local_addr().expect("a bound socket has one");
        let counts = Arc::<Counts>::default();
        let counted = Arc::clone(&counts);
        let wanted = format!("basic {}", STANDARD.encode(login).to_lowercase());
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (counts, wanted) = (Arc::clone(&counted), wanted.clone());
                tokio::spawn(async move { tunnel(stream, target, &wanted, &counts).await });
            }
        });
        Self {
            address,
            counts,
            server,
        }
    }

    /// Tunnels opened so far.
    pub fn tunnels(&self) -> usize {
        self.counts.tunnels.load(Ordering::Relaxed)
    }

    /// Requests without the login so far.
    pub fn refused(&self) -> usize {
        self.counts.refused.load(Ordering::Relaxed)
    }
}

async fn tunnel(mut near: TcpStream, target: SocketAddr, wanted: &str, counts: &Counts) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 8192 {
        match near.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let login = head
        .lines()
        .find_map(|line| line.strip_prefix("proxy-authorization:"));
    if !head.starts_with("connect ") || login.map(str::trim) != Some(wanted) {
        counts.refused.fetch_add(1, Ordering::Relaxed);
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\n\
                       Proxy-Authenticate: Basic realm=\"office\"\r\nContent-Length: 0\r\n\r\n";
        let _ = near.write_all(refusal.as_bytes()).await;
        return;
    }
    counts.tunnels.fetch_add(1, Ordering::Relaxed);
    if near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.is_ok() {
        pump(near, target).await;
    }
}

async fn pump(mut near: impl AsyncRead + AsyncWrite + Unpin, target: SocketAddr) {
    if let Ok(mut far) = TcpStream::connect(target).await {
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    }
}

async fn loopback() -> TcpListener {
    TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port")
}
