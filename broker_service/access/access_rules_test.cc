#include "broker_service/access/access_rules.h"

#include <gtest/gtest.h>

namespace resource_broker::broker {
namespace {

using Grant = v1::BrokerConfig::Grant;

class AccessRulesTest : public ::testing::Test {
 protected:
  AccessRulesTest() {
    alice_.subject = "CN=alice,O=Corp";
    alice_.uris = {"https://corp/alice", "spiffe://corp/ops/alice"};
    alice_.dns_names = {"alice.corp"};
    alice_.emails = {"alice@corp"};
    alice_.fingerprint = std::string(64, 'a');
  }

  Role With(const std::string& role, const std::function<void(Grant*)>& name) {
    v1::BrokerConfig::Remote config;
    Grant* const grant = config.add_grants();
    grant->set_role(role);
    name(grant);
    return AccessRules(config).RoleOf(alice_);
  }

  PeerNames alice_;
};

TEST_F(AccessRulesTest, EachWayToNameHer_GivesTheRole) {
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_subject("CN=alice,O=Corp"); }), Role::kAdmin);
  EXPECT_EQ(With("viewer", [](Grant* grant) { grant->set_uri("spiffe://corp/ops/alice"); }), Role::kViewer);
  EXPECT_EQ(With("operator", [](Grant* grant) { grant->set_uri("spiffe://corp/*"); }), Role::kOperator);
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_dns_name("ALICE.corp"); }), Role::kAdmin);
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_email("alice@corp"); }), Role::kAdmin);
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_fingerprint(std::string(64, 'A')); }), Role::kAdmin);
}

TEST_F(AccessRulesTest, NamesThatAreOnlyAlike_GiveNone) {
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_subject("CN=alice"); }), Role::kNone);
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_subject("cn=alice,O=Corp"); }), Role::kNone);
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_uri("spiffe://corp/ops"); }), Role::kNone);
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_uri("spiffe://corp/ops/alice/*"); }), Role::kNone);
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_uri("spiffe://cor/*"); }), Role::kNone);
  EXPECT_EQ(With("admin", [](Grant* grant) { grant->set_dns_name("corp"); }), Role::kNone);
  EXPECT_EQ(With("admin", [](Grant*) {}), Role::kNone);
}

TEST_F(AccessRulesTest, HighestRoleThatFits_Counts) {
  v1::BrokerConfig::Remote config;
  for (const char* role : {"viewer", "admin", "operator"}) {
    Grant* const grant = config.add_grants();
    grant->set_role(role);
    grant->set_uri("spiffe://corp/ops/*");
  }
  AccessRules rules(config);
  EXPECT_EQ(rules.RoleOf(alice_), Role::kAdmin);
  rules.Update({});
  EXPECT_EQ(rules.RoleOf(alice_), Role::kNone);
}

TEST_F(AccessRulesTest, Identity_IsTheSpiffeIdOrTheSubjectOrTheFingerprint) {
  EXPECT_EQ(IdentityOf(alice_), "spiffe://corp/ops/alice");
  alice_.uris.clear();
  EXPECT_EQ(IdentityOf(alice_), "CN=alice,O=Corp");
  alice_.subject.clear();
  EXPECT_EQ(IdentityOf(alice_), "sha256:" + std::string(64, 'a'));
}

}  // namespace
}  // namespace resource_broker::broker
