// A disk whose power can be cut: a folder of real files beside which is kept what of them would survive.
//
// The model
//  - file contents: what was written since the file's last sync may survive or not, 512-byte sector by sector, in any mixture; one sector
//  may
//    be torn in the middle. A file's size likewise;
//  - names: what was created, renamed or removed in a folder since that folder's last sync may be undone, the youngest first;
//  - a sync that fails drops what it should have written: a later sync that succeeds does not save it (as Linux does).
// Programs see the whole all the time, as from the page cache. Thread-safe.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace messo::test {

class PowerDisk {
 public:
  // The one disk of the process: SQLite's VFS and the wrapped calls of the C library go through it.
  static PowerDisk& instance();

  // Everything below `folder` is on the disk from now on; what is there already is durable. Files outside are not looked at.
  void mount(const std::filesystem::path& folder, unsigned seed);
  void unmount();
  bool holds(const std::filesystem::path& path) const;

  // The power fails after `operations` more writes, syncs and changes of names: these fail from then on, until power_on().
  void cut_after(std::uint64_t operations);
  bool is_cut() const;
  // Puts the files into the state a real disk might be in after the cut. Nothing may be open.
  void power_on();
  // Each operation fails with this chance, in thousandths; 0 ends it.
  void fail_per_mille(unsigned chance);
  // A disk that acknowledges syncs and does nothing: to see that the books would notice.
  void ignore_syncs(bool yes);

  struct Figures {
    std::uint64_t cuts = 0, operations = 0, sectors_dropped = 0, sectors_torn = 0, names_undone = 0, failures = 0;
  };
  Figures figures() const;

  // What the VFS and the wrapped calls do, with the real work as an argument where it has to be one step with the bookkeeping. False: the
  // operation fails, and nothing was done.
  bool write(const std::filesystem::path& file, std::uint64_t offset, std::uint64_t length, const std::function<void()>& really);
  bool truncate(const std::filesystem::path& file, std::uint64_t size, const std::function<void()>& really);
  bool sync(const std::filesystem::path& file);
  // As above, for one of several open handles of the file: each is told once of a sync that failed through another, as Linux does. `told`
  // belongs to the handle and begins as failed_syncs(file) when it is opened.
  bool sync(const std::filesystem::path& file, std::uint64_t& told);
  std::uint64_t failed_syncs(const std::filesystem::path& file);
  bool sync_folder(const std::filesystem::path& folder);
  bool created(const std::filesystem::path& path, const std::function<bool()>& really);
  bool renamed(const std::filesystem::path& from, const std::filesystem::path& to);
  bool removed(const std::filesystem::path& path);

 private:
  static constexpr std::uint64_t kSector = 512;
  // Old contents of sectors by number, as they are on the platter; shorter where the file ended.
  using Sectors = std::map<std::uint64_t, std::string>;
  struct File {
    std::uint64_t durable_size = 0;
    std::uint64_t failed_syncs = 0;
    Sectors unsynced;
    Sectors dropped;  // a failed sync gave them up
  };
  struct Name {
    enum class Kind : std::uint8_t { create, rename, remove } kind;
    std::filesystem::path path;   // after the change
    std::filesystem::path other;  // rename: from where; remove and rename: where the file that was there is kept
    std::filesystem::path kept;
    std::uint64_t number;  // in order of time over all folders
  };

  bool step();  // counts one operation; false when it must fail
  File& file_of(const std::filesystem::path& path);
  void remember(File& file, const std::filesystem::path& path, std::uint64_t from, std::uint64_t to);
  void settle_contents(const std::filesystem::path& path, File& file);
  void undo(const Name& name);
  std::filesystem::path keep(const std::filesystem::path& path);
  unsigned random(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }

  mutable std::mutex mutex_;
  std::filesystem::path root_, attic_;
  std::map<std::filesystem::path, File> files_;
  std::map<std::filesystem::path, std::vector<Name>> names_;  // by folder
  std::uint64_t next_name_ = 0, left_ = ~0ULL;
  bool cut_ = false, lying_ = false;
  unsigned fail_per_mille_ = 0;
  std::mt19937 random_;
  Figures figures_;
};

// Makes the disk SQLite's default VFS.
void install_power_vfs();

}  // namespace messo::test
