#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "api/http/connection.hpp"

namespace messo::http {
namespace {

std::vector<gid_t> supplementary_groups(int socket) {
  std::vector<gid_t> groups(256);
  auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) != 0) return {};
  groups.resize(bytes / sizeof(gid_t));
  return groups;
}

}  // namespace

std::optional<gid_t> group_id(const std::string& name) {
  if (name.empty()) return {};
  std::vector<char> space(16 * 1024);
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, space.data(), space.size(), &found) != 0 || found == nullptr) return {};
  return entry.gr_gid;
}

Peer local_peer(int socket, const std::string& group) {
  Peer peer;
  peer.local = true;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  peer.uid = credentials.uid;
  peer.administrator = credentials.uid == 0 || credentials.uid == geteuid();
  if (const auto wanted = group_id(group); !peer.administrator && wanted) {
    const auto groups = supplementary_groups(socket);
    peer.administrator = credentials.gid == *wanted || std::find(groups.begin(), groups.end(), *wanted) != groups.end();
  }
  return peer;
}

}  // namespace messo::http
